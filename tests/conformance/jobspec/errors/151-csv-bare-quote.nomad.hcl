job "x" {
  region = csvdecode("a\nb \"c\"\n")[0].a
}
