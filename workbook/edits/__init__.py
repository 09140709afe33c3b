"""What is done to a workbook that somebody works with: everything else in it stays as it is."""
