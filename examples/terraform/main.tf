# A namespace with its rules, and a scanned artifact's report, by the official Terraform provider.
# Only the endpoints differ from a configuration for SWR Enterprise Edition. See docs/howto/terraform.md.

terraform {
  required_providers {
    huaweicloud = {
      source = "huaweicloud/huaweicloud"
    }
  }
}

variable "endpoint" {
  description = "Where the server is, with a slash at the end"
  default     = "http://127.0.0.1:8080/"
}

variable "project_id" {}
variable "access_key" {}
variable "secret_key" {}

variable "instance_id" {}

variable "artifact" {
  description = "A pushed artifact: its namespace, its repository (a slash as %2F) and digest"
  type        = object({ namespace = string, repository = string, digest = string })
}

provider "huaweicloud" {
  region     = "local-1"
  project_id = var.project_id
  access_key = var.access_key
  secret_key = var.secret_key

  endpoints = {
    swr = var.endpoint
    iam = var.endpoint
  }
}

resource "huaweicloud_swr_enterprise_namespace" "apps" {
  instance_id = var.instance_id
  name        = "terraformed"

  metadata {
    public = "false"
  }

  tags = {
    team = "red"
  }
}

resource "huaweicloud_swr_enterprise_long_term_credential" "ci" {
  instance_id = var.instance_id
  name        = "ci"
  # The provider switches a credential off that does not say so.
  enable = true
}

resource "huaweicloud_swr_enterprise_temporary_credential" "now" {
  instance_id = var.instance_id
}

resource "huaweicloud_swr_enterprise_immutable_tag_rule" "releases" {
  instance_id    = var.instance_id
  namespace_name = huaweicloud_swr_enterprise_namespace.apps.name
  action         = "immutable"
  template       = "immutable_template"

  scope_selectors {
    key = "repository"

    value {
      kind       = "doublestar"
      decoration = "repoMatches"
      pattern    = "**"
    }
  }

  tag_selectors {
    kind       = "doublestar"
    decoration = "matches"
    pattern    = "v*"
  }
}

resource "huaweicloud_swr_enterprise_retention_policy" "few" {
  instance_id    = var.instance_id
  namespace_name = huaweicloud_swr_enterprise_namespace.apps.name
  name           = "few"
  algorithm      = "or"
  enabled        = true

  rules {
    priority        = 0
    action          = "retain"
    repo_scope_mode = "regular"
    disabled        = false
    template        = "latestPushedK"

    params = {
      latestPushedK = jsonencode(5)
    }

    scope_selectors {
      key = "repository"

      value {
        kind       = "doublestar"
        decoration = "repoMatches"
        pattern    = "**"
      }
    }

    tag_selectors {
      kind       = "doublestar"
      decoration = "matches"
      pattern    = "**"
    }
  }

  trigger {
    type = "manual"
  }
}

resource "huaweicloud_swr_enterprise_retention_policy_execute" "dry" {
  instance_id    = var.instance_id
  namespace_name = huaweicloud_swr_enterprise_namespace.apps.name
  policy_id      = huaweicloud_swr_enterprise_retention_policy.few.policy_id
  dry_run        = true
}

resource "huaweicloud_swr_enterprise_trigger" "told" {
  instance_id    = var.instance_id
  namespace_name = huaweicloud_swr_enterprise_namespace.apps.name
  name           = "told"
  description    = "pushes are told"
  enabled        = true
  event_types    = ["PUSH_ARTIFACT"]

  scope_rules {
    repo_scope_mode = "regular"

    scope_selectors {
      key = "repository"

      value {
        decoration = "repoMatches"
        kind       = "doublestar"
        pattern    = "**"
      }
    }

    tag_selectors {
      decoration = "matches"
      kind       = "doublestar"
      pattern    = "**"
    }
  }

  targets {
    address          = "http://127.0.0.1:9/hook"
    address_type     = "internal"
    auth_header      = "X-Hook:secret"
    skip_cert_verify = false
    type             = "http"
  }
}

resource "huaweicloud_swr_enterprise_image_signature_policy" "signed" {
  instance_id         = var.instance_id
  namespace_name      = huaweicloud_swr_enterprise_namespace.apps.name
  name                = "signed"
  enabled             = true
  signature_method    = "KMS"
  signature_algorithm = "ECDSA_SHA_256"
  signature_key       = "release"

  scope_rules {
    repo_scope_mode = "regular"

    scope_selectors {
      key = "repository"

      value {
        decoration = "repoMatches"
        kind       = "doublestar"
        pattern    = "**"
      }
    }

    tag_selectors {
      decoration = "matches"
      kind       = "doublestar"
      pattern    = "**"
    }
  }

  trigger {
    type = "manual"
  }
}

resource "huaweicloud_swr_enterprise_instance_registry" "other" {
  instance_id = var.instance_id
  name        = "other"
  type        = "swr-pro"
  url         = "http://127.0.0.1:9"
  insecure    = true
  description = "where copies go"

  credential {
    access_key    = "me"
    access_secret = "mine"
    type          = "basic"
  }
}

resource "huaweicloud_swr_enterprise_replication_policy" "copies" {
  instance_id     = var.instance_id
  name            = "copies"
  enabled         = true
  repo_scope_mode = "regular"
  description     = "everything of the namespace"

  dest_registry {
    id = huaweicloud_swr_enterprise_instance_registry.other.registry_id
  }

  filters {
    type  = "name"
    value = "terraformed/**"
  }

  filters {
    type  = "tag"
    value = "**"
  }

  trigger {
    type = "scheduled"

    trigger_settings {
      cron = "0 0 0 1 * ?"
    }
  }
}

resource "huaweicloud_swr_enterprise_instance_artifact_manual_scan" "now" {
  instance_id     = var.instance_id
  namespace_name  = var.artifact.namespace
  repository_name = var.artifact.repository
  reference       = var.artifact.digest
}
