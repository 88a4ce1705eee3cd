"""What they did on the site: sites, visitors, visits, the snippet and its beacon."""
