# What has too many bits for an unsigned field is refused, other fractions are cut.
job "unsigned" {
  spread {
    attribute = "${node.datacenter}"

    target "a" {
      percent = 2.5
    }
    target "b" {
      percent = "1.75"
    }
    target "c" {
      percent = 255.5
    }
  }

  group "g" {
    service {
      name = "s"
      connect {
        sidecar_service {
          proxy {
            transparent_proxy {
              exclude_outbound_ports = [80.5, "443.25"]
            }
          }
        }
      }
    }
  }
}
