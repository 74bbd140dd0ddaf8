# Each task gets the secrets of its job; one without secrets of its own those of its group too.
variable "keys" {
  type    = list(string)
  default = ["a", "b"]
}

job "secrets" {
  secret "of_job" {
    provider = "nomad"
    path     = "jobs/${var.keys[0]}"
  }

  group "none" {
    task "one" {
      driver = "exec"
    }
    task "two" {
      driver = "exec"

      secret "own" {
        provider = "vault"
        path     = "secret/data/${NOMAD_JOB_NAME}"

        config {
          engine = "kv_v2"
          nested {
            depth = 2
          }
        }
        env {
          ADDRESS = "http://127.0.0.1"
          NUMBER  = 5
        }
      }
    }
  }

  group "some" {
    secret "of_group" {
      provider = "nomad"
      path     = "groups/some"
    }
    secret "of_group_too" {
      config {}
    }

    task "one" {
      driver = "exec"
    }
    task "two" {
      driver = "exec"
      secret "own" {}
    }
    task "three" {
      driver = "exec"

      dynamic "secret" {
        for_each = var.keys
        labels   = ["own_${secret.value}"]
        content {
          provider = "nomad"
          path     = secret.value
        }
      }
    }
  }
}
