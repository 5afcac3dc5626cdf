"""What is asked of trained models, each question by its section of the config.

Adding one: a module here with a class of its settings, an entry in QUESTIONS, and its rules.
"""

from seq2score.questions.attributions import Attributions
from seq2score.questions.design import Design
from seq2score.questions.predict import Predict
from seq2score.questions.question import Question
from seq2score.questions.variants import Variants

QUESTIONS: dict[str, type[Question]] = {
    question.key: question for question in (Predict, Variants, Design, Attributions)
}
