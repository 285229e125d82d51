"""Java archives and Maven projects."""
