job "newer" {
  type = "batch"

  group "g" {
    max_run_duration = "1h30m"

    service {
      name = "s"
      port = "9090"

      identity {
        aud          = ["consul.io"]
        extra_claims = ["a", "b"]
      }

      connect {
        sidecar_service {}
        sidecar_task {
          identity {
            name = "other"
            aud  = ["vault.io"]
            file = true
            ttl  = "1h"
          }
          identity {
            env          = true
            extra_claims = []
          }
        }
      }
    }

    task "t" {
      driver = "exec"

      identity {
        name         = "own"
        extra_claims = ["unique_id"]
      }

      template {
        data        = "x"
        destination = "local/x"
        change_mode = "script"

        change_script {
          command             = "/bin/true"
          run_on_first_render = true
        }
      }
    }
  }
}
