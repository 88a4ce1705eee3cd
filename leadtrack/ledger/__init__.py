"""What it brought, booked to the cent: paths, attribution, matching, facts. It alone writes facts."""
