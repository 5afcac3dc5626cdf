"""Run the conda that the installed conda-lock package carries, under its own name."""

import importlib
import importlib.util
import sys


class CondaAlias:
    """Import `conda.*` as `conda_lock._vendor.conda.*`."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "conda" or name.startswith("conda."):
            return importlib.util.spec_from_loader(name, cls)

    @staticmethod
    def create_module(spec):
        return importlib.import_module("conda_lock._vendor." + spec.name)

    @staticmethod
    def exec_module(module):
        pass


sys.meta_path.insert(0, CondaAlias)

if __name__ == "__main__":
    from conda.cli.main import main

    sys.exit(main())
