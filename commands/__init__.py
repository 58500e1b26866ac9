"""The commands of `dlcat`, by what people do: ask, use what was found, fill the catalog."""
