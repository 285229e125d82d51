# What the server says: the report first, then the lists around it.

data "huaweicloud_swr_enterprise_instance_artifact_vulnerabilities" "report" {
  instance_id     = var.instance_id
  namespace_name  = var.artifact.namespace
  repository_name = var.artifact.repository
  reference       = var.artifact.digest
}

data "huaweicloud_swr_enterprise_instance_artifact_details" "artifact" {
  instance_id        = var.instance_id
  namespace_name     = var.artifact.namespace
  repository_name    = var.artifact.repository
  reference          = var.artifact.digest
  with_scan_overview = "true"
}

data "huaweicloud_swr_enterprise_instance_artifact_addition" "history" {
  instance_id     = var.instance_id
  namespace_name  = var.artifact.namespace
  repository_name = var.artifact.repository
  reference       = var.artifact.digest
  addition        = "build_history"
}

data "huaweicloud_swr_enterprise_instance_artifacts" "all" {
  instance_id     = var.instance_id
  namespace_name  = var.artifact.namespace
  repository_name = var.artifact.repository
}

data "huaweicloud_swr_enterprise_instance_repository_tags" "tags" {
  instance_id     = var.instance_id
  namespace_name  = var.artifact.namespace
  repository_name = var.artifact.repository
}

data "huaweicloud_swr_enterprise_instance_all_artifacts" "everywhere" {
  instance_id = var.instance_id
}

data "huaweicloud_swr_enterprise_instances" "all" {}

data "huaweicloud_swr_enterprise_feature_gates" "all" {}

data "huaweicloud_swr_enterprise_all_repositories" "all" {}

data "huaweicloud_swr_enterprise_instance_repositories" "all" {
  instance_id = var.instance_id
}

data "huaweicloud_swr_enterprise_namespaces" "all" {
  instance_id = var.instance_id
  depends_on  = [huaweicloud_swr_enterprise_namespace.apps]
}

data "huaweicloud_swr_enterprise_instance_audit_logs" "made" {
  instance_id = var.instance_id
  operation   = "create"
  depends_on  = [huaweicloud_swr_enterprise_namespace.apps]
}

output "report" {
  value = data.huaweicloud_swr_enterprise_instance_artifact_vulnerabilities.report.reports
}

output "namespaces" {
  value = [for one in data.huaweicloud_swr_enterprise_namespaces.all.namespaces : one.name]
}

output "tags" {
  value = [for one in data.huaweicloud_swr_enterprise_instance_repository_tags.tags.tags : one.name]
}
