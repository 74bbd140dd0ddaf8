job "fn-odd-ends" {
  group "g" {
    task "t" {
      driver = "mock"
      config {
        csv_quotes   = csvdecode("a,b\n\"x\"\"y\",\"l1\r\nl2\"\n\n,\n")
        csv_bare     = can(csvdecode("a\nb \"c\"\n"))
        csv_return   = csvdecode("a\r\n1\r")
        power_big    = pow(31, 31)
        power_text   = "<${pow(25, 25)}>"
        power_plus   = "<${pow(2, 60) + 1}>"
        power_broken = pow(11, 2.5)
        power_less   = pow(2, -3)
        log_of_zero  = log(5, 0)
        try_list     = try([upper("a"), "b"]...)
        can_list     = can(["a"]...)
        yaml_anchors = yamldecode("a: &a {x: 1}\nb:\n  <<: *a\n  y: [*a, ~]\n")
        yaml_tags    = yamldecode("[!!str 5, !!int \"0x1F\", !!float 1e3, !!binary aGk=, !!null x]")
        yaml_words   = yamldecode("[y, No, on, 0o17, 1_000, 08, .5, 2001-2-3, 2001-02-30, <<]")
        yaml_tabs    = yamldecode("a:\t1\n")
        yaml_block   = yamldecode("|\n 1.0\n")
      }
    }
  }
}
