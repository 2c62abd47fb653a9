"""``python -m crmlib`` is the command ``crmlib``."""

from crmlib.cli import main

if __name__ == "__main__":
    main()
