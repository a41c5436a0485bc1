"""The list of endpoints, as the Makefile has it: each folder functions/NAME with a main.cpp, except the two commands and what works for logout."""
import pathlib

FUNCTIONS = pathlib.Path(__file__).resolve().parents[2] / 'functions'
ENDPOINTS = sorted({main.parent.name for main in FUNCTIONS.glob('*/main.cpp')} - {'stile', 'run', 'deliver'})


def has_pages(endpoint):
    """Whether the function shows pages, and so loads the templates."""
    return 'load_templates' in (FUNCTIONS / endpoint / 'main.cpp').read_text()
