// Command promql reads queries as a JSON list and writes, for each, what Prometheus' own parser
// makes of it: its mistake, the series it reads, and the labels it groups by.
package main

import (
	"encoding/json"
	"log"
	"os"
	"regexp"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// A Matcher is a condition on a label; an equality is written as an expression, too.
type Matcher struct {
	Label   string `json:"label"`
	Pattern string `json:"pattern"`
	Negated bool   `json:"negated"`
}

// A Series is what a selector picks.
type Series struct {
	Name     string    `json:"name"`
	Matchers []Matcher `json:"matchers"`
}

// A Grouping is a list of labels, the series that have to have them, and whether no others are left.
type Grouping struct {
	Labels []string `json:"labels"`
	Series []string `json:"series"`
	Alone  bool     `json:"alone"`
}

// A Reading is what became of one query.
type Reading struct {
	Problem   string     `json:"problem"`
	Series    []Series   `json:"series"`
	Groupings []Grouping `json:"groupings"`
}

func main() {
	var queries []string
	if err := json.NewDecoder(os.Stdin).Decode(&queries); err != nil {
		log.Fatal(err)
	}
	readings := make([]Reading, len(queries))
	for number, query := range queries {
		readings[number] = read(query)
	}
	if err := json.NewEncoder(os.Stdout).Encode(readings); err != nil {
		log.Fatal(err)
	}
}

func read(query string) Reading {
	found := Reading{Series: []Series{}, Groupings: []Grouping{}}
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		found.Problem = err.Error()
		return found
	}
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		switch one := node.(type) {
		case *parser.VectorSelector:
			found.Series = append(found.Series, series(one))
		case *parser.AggregateExpr:
			found.Groupings = append(found.Groupings, Grouping{one.Grouping, names(one.Expr), !one.Without})
		case *parser.BinaryExpr:
			if matching := one.VectorMatching; matching != nil {
				wanted := append(append([]string{}, matching.MatchingLabels...), matching.Include...)
				found.Groupings = append(found.Groupings, Grouping{wanted, names(one), false})
			}
		}
		return nil
	})
	return found
}

func series(selector *parser.VectorSelector) Series {
	found := Series{Name: selector.Name, Matchers: []Matcher{}}
	for _, one := range selector.LabelMatchers {
		if one.Name == labels.MetricName {
			continue
		}
		negated := one.Type == labels.MatchNotEqual || one.Type == labels.MatchNotRegexp
		pattern := one.Value
		if one.Type == labels.MatchEqual || one.Type == labels.MatchNotEqual {
			pattern = regexp.QuoteMeta(one.Value)
		}
		found.Matchers = append(found.Matchers, Matcher{one.Name, pattern, negated})
	}
	return found
}

func names(below parser.Node) []string {
	found := []string{}
	parser.Inspect(below, func(node parser.Node, _ []parser.Node) error {
		if one, ok := node.(*parser.VectorSelector); ok {
			found = append(found, one.Name)
		}
		return nil
	})
	return found
}
