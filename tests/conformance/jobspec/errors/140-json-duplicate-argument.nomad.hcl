{
  "job": {
    "x": {
      "region": "a",
      "region": "b"
    }
  }
}
