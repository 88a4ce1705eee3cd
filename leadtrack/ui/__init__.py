"""The common face: layout, theme, assets and their installer, forms, health pages."""
