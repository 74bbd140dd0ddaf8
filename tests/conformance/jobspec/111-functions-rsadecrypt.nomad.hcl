# The key was made for this case and is used nowhere else.
locals {
  key = <<KEY
-----BEGIN RSA PRIVATE KEY-----
MIICXwIBAAKBgQC1Z/tzsO7JkSS9+sH0nCFLXeJggcSAJ51+4EX2JFNjH3ZAG/od
jBJXnVTm6yr+X8VvQeGcjAi7Trc1iCrwZH+ABXlNzDjLsNAbjGsJUV1P2lB2glsv
P9Dyby8HYPZ6mJlXM7Vn6Xy9aEjlZQtd5oWEkn05eeWXJj+rx5gATgKAlwIDAQAB
AoGBAKVGOFz+PYAdoekIlj9DJD5jKgWdFSdhcGeQ84y/Kc3sczMTijvzSx7R8/Fz
HrelD98+mcuj9ayZmefGyMA9/75d0x5zhrf+TD7w0tCbCT6k+7+WttXg9Yh8VQyw
lHhznpCtzw+lFY+l+AuKFY2WYj5p5DOW8wXM4tVLxGEsQXQBAkEA3zC+v1VS/NJh
wnleLMxFnEQI1l27w5rMQmom4cZXcUHIsYmbvlZRoalv2LiBI0qtUj6igLOaLfYI
Qs3XtyD2lwJBANASyMYhweuEWdoxzYU04eV5+8K2NmB8riOwsQTiHBQ4SXUS8goA
ug7vv47Hrg9AZNozRefMZMCmnae5rYT2BgECQQDarZP3O8530FnghbH0CqEZnr9Z
6bUSzhTb7c3y4LbETUQqTz29nC2XS8A+g2hj/8MaFix6FX83ERy+95gn4bA5AkEA
s6LD+2pBhRdqi1nb2Vjifb9mf5/YKkz5+o4dBd4/56UApjaJB+HAwAx0EMyLlVc+
urLxc0Ge6kPucFN5XwUYAQJBAMbgKW5cY4obHDihih12guoBAn0YoF5gOHKPa4bs
heZuikX5mkBlFJ5wsJ3GZmWwRY/MgJMoFWP7hdAg2enWXRo=
-----END RSA PRIVATE KEY-----
KEY

  padded = <<KEY
Bag Attributes: none
-----BEGIN RSA PRIVATE KEY-----
MIICXwIBAAKBgQC1Z/tzsO7JkSS9+sH0nCFLXeJggcSAJ51+4EX2JFNjH3ZAG/od
jBJXnVTm6yr+X8VvQeGcjAi7Trc1iCrwZH+ABXlNzDjLsNAbjGsJUV1P2lB2glsv
P9Dyby8HYPZ6mJlXM7Vn6Xy9aEjlZQtd5oWEkn05eeWXJj+rx5gATgKAlwIDAQAB
AoGBAKVGOFz+PYAdoekIlj9DJD5jKgWdFSdhcGeQ84y/Kc3sczMTijvzSx7R8/Fz
HrelD98+mcuj9ayZmefGyMA9/75d0x5zhrf+TD7w0tCbCT6k+7+WttXg9Yh8VQyw
lHhznpCtzw+lFY+l+AuKFY2WYj5p5DOW8wXM4tVLxGEsQXQBAkEA3zC+v1VS/NJh
wnleLMxFnEQI1l27w5rMQmom4cZXcUHIsYmbvlZRoalv2LiBI0qtUj6igLOaLfYI
Qs3XtyD2lwJBANASyMYhweuEWdoxzYU04eV5+8K2NmB8riOwsQTiHBQ4SXUS8goA
ug7vv47Hrg9AZNozRefMZMCmnae5rYT2BgECQQDarZP3O8530FnghbH0CqEZnr9Z
6bUSzhTb7c3y4LbETUQqTz29nC2XS8A+g2hj/8MaFix6FX83ERy+95gn4bA5AkEA
s6LD+2pBhRdqi1nb2Vjifb9mf5/YKkz5+o4dBd4/56UApjaJB+HAwAx0EMyLlVc+
urLxc0Ge6kPucFN5XwUYAQJBAMbgKW5cY4obHDihih12guoBAn0YoF5gOHKPa4bs
heZuikX5mkBlFJ5wsJ3GZmWwRY/MgJMoFWP7hdAg2enWXRo=
-----END RSA PRIVATE KEY-----
KEY
}

job "fn-rsadecrypt" {
  group "g" {
    task "t" {
      driver = "mock"
      config {
        text    = rsadecrypt("GtuHEaMhztjayaazfDQEscth644fLPn8kWvM7gz4MBYh/vgIx9nR/OEiZtdNuQsDAOSjerAiOaCYjR12DaetSl9KEs+r86VbPChpAWng7LxI1sDC7q7syua0ZNRJKwyuHqJz61pPqTA9TMUB1z1wQrJEMCmIeMabfNHyKbaDrUk=", local.key)
        empty   = rsadecrypt("OFFKeEnSf2XEs0xN9bVC4UWKAXIHal+psHBEXewofZf7b49boMsnDteYygyhoVwLj+wWi44+eD0Xv5gxsqcGNRnlZtvtG3sDGkQg3VDnYizCVuxT+rm5QBYoCFN1M7wLbo9U+zJerQ6Ny+bel+yd9u2bdeGjxpwLuH4KVDrLw0Y=", local.key)
        binary  = rsadecrypt("DsJ5N+X9tgRkWhlMoz/hPas4tdXNLAmu6d0CudSqtbumLy2xEn2CpptxKESS1Tv0cO5F9pE+BufjlWXKIJe50Bt/g5EXJ1f/W1YFSvgzD+j1U52K8BR2GBtZh6FM2pd7reGh1wTMlQCq0XwtkjA2xjU0N+GGbCC1loApAYTwSvw=", local.padded)
        cut     = can(rsadecrypt("gHkasgK5hoQ17J3AB3JLP8sIlu7V+m6zluBh8geHknmnq6sPVNZFAcHL9EnSuvHCJ+M7RLVaXD36Y9UwalZVrga+87OEzQS+7jupGVBUD6FIbVP6kcOXIJyNSnaskz7eXMixYKEb2rmfajcDlRBOZR7oj/UrNb16RaFn", local.key))
        garbled = can(rsadecrypt("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", local.key))
        no_key  = can(rsadecrypt("aGVsbG8=", "not a key"))
      }
    }
  }
}
