"""From counts of barcodes to activities of oligos, their standard errors and their IGVF files."""
