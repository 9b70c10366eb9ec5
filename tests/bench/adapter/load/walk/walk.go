// Package walk reads JSON without decoding it: strings are skipped with IndexByte, so a message of
// megabytes costs one memchr. It checks the structure, not the spelling of numbers and escapes.
package walk

import (
	"bytes"
	"errors"
)

// ErrJSON says that a text has not the structure of JSON.
var ErrJSON = errors.New("bad JSON")

// Member is told the key, without its quotes, and the raw value.
type Member func(key, value []byte) error

// Whole calls f for every member of the one object that b holds.
func Whole(b []byte, f Member) error {
	end, err := Object(b, Space(b, 0), f)
	if err == nil && Space(b, end) != len(b) {
		return ErrJSON
	}
	return err
}

// Space returns the index of the first byte from i on that is no white space.
func Space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// Object calls f for every member of the object at b[i] and returns the index after it.
func Object(b []byte, i int, f Member) (int, error) {
	i, done, err := opened(b, i, '{', '}')
	for err == nil && !done {
		var key, value []byte
		if key, value, i, err = member(b, i); err != nil {
			break
		}
		if err = f(key, value); err != nil {
			break
		}
		i, done, err = next(b, i, '}')
	}
	return i, err
}

func member(b []byte, i int) (key, value []byte, end int, err error) {
	i = Space(b, i)
	if i >= len(b) || b[i] != '"' {
		return nil, nil, i, ErrJSON
	}
	after, err := text(b, i)
	if err != nil {
		return nil, nil, i, err
	}
	key = b[i+1 : after-1]
	if i = Space(b, after); i >= len(b) || b[i] != ':' {
		return nil, nil, i, ErrJSON
	}
	i = Space(b, i+1)
	end, err = scalarOrMore(b, i)
	if err != nil {
		return nil, nil, i, err
	}
	return key, b[i:end], end, nil
}

func array(b []byte, i int) (int, error) {
	i, done, err := opened(b, i, '[', ']')
	for err == nil && !done {
		if i, err = scalarOrMore(b, Space(b, i)); err == nil {
			i, done, err = next(b, i, ']')
		}
	}
	return i, err
}

// opened steps into a bracket; done says that it closes at once.
func opened(b []byte, i int, open, shut byte) (int, bool, error) {
	if i >= len(b) || b[i] != open {
		return i, false, ErrJSON
	}
	i = Space(b, i+1)
	if i < len(b) && b[i] == shut {
		return i + 1, true, nil
	}
	return i, false, nil
}

// next steps over what stands behind an element: a comma, or the bracket that shuts.
func next(b []byte, i int, shut byte) (int, bool, error) {
	i = Space(b, i)
	if i >= len(b) || (b[i] != shut && b[i] != ',') {
		return i, false, ErrJSON
	}
	return i + 1, b[i] == shut, nil
}

// text returns the index after the string that begins at b[i].
func text(b []byte, i int) (int, error) {
	for k := i + 1; k <= len(b); {
		n := bytes.IndexByte(b[k:], '"')
		if n < 0 {
			break
		}
		k += n
		escape := k - 1
		for escape > i && b[escape] == '\\' {
			escape--
		}
		k++
		if (k-1-escape)%2 == 1 {
			return k, nil
		}
	}
	return 0, ErrJSON
}

func scalarOrMore(b []byte, i int) (int, error) {
	if i >= len(b) {
		return 0, ErrJSON
	}
	switch b[i] {
	case '"':
		return text(b, i)
	case '{':
		return Object(b, i, func(_, _ []byte) error { return nil })
	case '[':
		return array(b, i)
	}
	end := i
	for end < len(b) && b[end] != ',' && b[end] != '}' && b[end] != ']' && b[end] > ' ' {
		end++
	}
	if end == i {
		return 0, ErrJSON
	}
	return end, nil
}
