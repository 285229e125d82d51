"""What follows for artifacts: findings, reports, scans."""
