"""Where facts come from: one small module a source, all behind `interface.Source`."""
