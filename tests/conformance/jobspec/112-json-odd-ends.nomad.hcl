{
  "//": "a comment",
  "variable": {
    "names": {"type": "list(string)", "default": ["a", "b"]}
  },
  "locals": {"upper": "${[for n in var.names : upper(n)]}"},
  "job": {
    "odd": [
      [
        {"region": "half a pair \ud800, a pair \ud83d\ude00", "update": null},
        {"//": "the same job goes on", "priority": "50", "datacenters": ["a", 1, true]},
        {"group": [{"g": {"count": 1}}, {"h": {"count": "${length(local.upper)}"}}]}
      ]
    ]
  }
}
