// Prints the structs that Nomad's jobs are made of, by their `hcl` tags. Not built by this project:
// run it in a module that requires github.com/hashicorp/nomad/api, and write what it prints to
// structs.json.

//go:build ignore

package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	"github.com/hashicorp/nomad/api"
)

type field struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"` // attr, optional, block or label
	Field  string `json:"field"`
	Type   string `json:"type"`
	Struct string `json:"struct,omitempty"`
}

var structs = map[string][]field{}

func walk(t reflect.Type) string {
	for t.Kind() == reflect.Ptr || t.Kind() == reflect.Slice ||
		t.Kind() == reflect.Map && t.Elem().Kind() == reflect.Ptr {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return t.String()
	}
	if _, seen := structs[t.Name()]; seen {
		return t.Name()
	}
	structs[t.Name()] = nil
	fields := []field{}
	for i := 0; i < t.NumField(); i++ {
		tag, tagged := t.Field(i).Tag.Lookup("hcl")
		if !tagged || tag == "-" {
			continue
		}
		name, kind, _ := strings.Cut(tag, ",")
		if kind == "" {
			kind = "attr"
		}
		found := field{Name: name, Kind: kind, Field: t.Field(i).Name, Type: t.Field(i).Type.String()}
		if kind == "block" {
			found.Struct = walk(t.Field(i).Type)
		}
		fields = append(fields, found)
	}
	structs[t.Name()] = fields
	return t.Name()
}

func main() {
	walk(reflect.TypeOf(api.Job{}))
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	if err := out.Encode(structs); err != nil {
		panic(err)
	}
}
