"""The trained classifier and its input contract; imports none of the other packages."""
