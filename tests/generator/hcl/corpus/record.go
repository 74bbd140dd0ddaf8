// Answers requests with what HashiCorp's HCL does; see README.md. Not built by this project.

//go:build ignore

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/apparentlymart/go-textseg/v15/textseg"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/hashicorp/nomad/jobspec2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

type req struct {
	Op   string `json:"op"`
	Text string `json:"text"`
	Type string `json:"type"`
}

func tokens(toks hclsyntax.Tokens) any {
	out := [][]any{}
	for _, t := range toks {
		out = append(out, []any{string(rune(t.Type)), string(t.Bytes), t.Range.Start.Line, t.Range.Start.Column})
	}
	return out
}

func diagText(d hcl.Diagnostics) []string {
	out := []string{}
	for _, x := range d {
		out = append(out, x.Error())
	}
	return out
}

func handle(r req) (res map[string]any) {
	res = map[string]any{}
	defer func() {
		if p := recover(); p != nil {
			res["panic"] = fmt.Sprint(p)
		}
	}()
	pos := hcl.Pos{Line: 1, Column: 1}
	switch r.Op {
	case "tokens":
		toks, _ := hclsyntax.LexConfig([]byte(r.Text), "f", pos)
		res["tokens"] = tokens(toks)
	case "seg":
		out := []string{}
		b := []byte(r.Text)
		for len(b) > 0 {
			adv, seq, _ := textseg.ScanGraphemeClusters(b, true)
			out = append(out, string(seq))
			b = b[adv:]
		}
		res["seg"] = out
	case "format":
		res["text"] = string(hclwrite.Format([]byte(r.Text)))
	case "parse":
		_, d := hclsyntax.ParseConfig([]byte(r.Text), "f", pos)
		res["errors"] = diagText(d)
	case "eval":
		e, d := hclsyntax.ParseExpression([]byte(r.Text), "f", pos)
		if d.HasErrors() {
			res["syntax"] = true
			res["errors"] = diagText(d)
			return
		}
		ctx := &hcl.EvalContext{
			Functions: jobspec2.Functions("/", false),
			Variables: map[string]cty.Value{
				"l":  cty.ListVal([]cty.Value{cty.StringVal("a"), cty.StringVal("b")}),
				"s":  cty.SetVal([]cty.Value{cty.StringVal("b"), cty.StringVal("a")}),
				"m":  cty.MapVal(map[string]cty.Value{"x": cty.NumberIntVal(1), "y": cty.NumberIntVal(2)}),
				"o":  cty.ObjectVal(map[string]cty.Value{"x": cty.NumberIntVal(1), "y": cty.StringVal("two")}),
				"el": cty.ListValEmpty(cty.String),
				"em": cty.MapValEmpty(cty.String),
				"n":  cty.NullVal(cty.String),
			},
		}
		v, d := e.Value(ctx)
		res["errors"] = diagText(d)
		if d.HasErrors() {
			return
		}
		if r.Type != "" {
			te, d := hclsyntax.ParseExpression([]byte(r.Type), "t", pos)
			if d.HasErrors() {
				res["errors"] = diagText(d)
				return
			}
			ty, def, d := typeexpr.TypeConstraintWithDefaults(te)
			if d.HasErrors() {
				res["errors"] = diagText(d)
				return
			}
			if def != nil {
				v = def.Apply(v)
			}
			v2, err := convert.Convert(v, ty)
			if err != nil {
				res["errors"] = []string{err.Error()}
				return
			}
			v = v2
		}
		b, err := ctyjson.Marshal(v, v.Type())
		if err != nil {
			res["marshal"] = err.Error()
		}
		res["value"] = json.RawMessage(b)
		res["type"] = typeexpr.TypeString(v.Type())
	}
	return
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	dec := json.NewDecoder(in)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for dec.More() {
		var r req
		if err := dec.Decode(&r); err != nil {
			panic(err)
		}
		enc.Encode(handle(r))
		out.Flush()
	}
}
