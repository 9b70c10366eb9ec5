package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestSecretsAreMaskedWholeAndLineByLine(t *testing.T) {
	kept := tail{secrets: secrets([]string{
		"KEY=correct-horse", "HOME=/home/nobody", "PORT=8080", "PEM=first line\nsecond line\n",
		"LONG=correct-horse-battery",
	})}
	kept.Write([]byte("correct-horse-battery correct-horse /home/nobody 8080 second line"))
	if found := kept.String(); found != "*** *** /home/nobody 8080 ***" {
		t.Error(found)
	}
}

func TestASecretDoesNotShowBecauseItWasCutInTwo(t *testing.T) {
	secret := "correct-horse-battery"
	for before := range len(secret) + 1 {
		kept := tail{secrets: secrets([]string{"KEY=" + secret})}
		kept.Write([]byte(secret))
		kept.Write(bytes.Repeat([]byte("."), tailBytes-before))
		if strings.Contains(kept.String(), secret[len(secret)-6:]) {
			t.Errorf("cut after %d", before)
		}
	}
}

func TestASecretDoesNotShowBecauseOthersWereMaskedBehindIt(t *testing.T) {
	secret := "correct-horse-battery"
	for missing := 1; missing < len(secret); missing++ {
		kept := tail{secrets: secrets([]string{"KEY=" + secret})}
		text := strings.Repeat(secret+"\n", 1000)
		kept.Write([]byte(text[:len(text)-kept.most()+missing]))
		kept.Write([]byte(text[len(text)-kept.most()+missing:]))
		if found := strings.Trim(kept.String(), "*\n"); found != "" {
			t.Errorf("without %d: %s", missing, found)
		}
	}
}

func TestTheTailIsBoundedAndValid(t *testing.T) {
	var kept tail
	for range 100 {
		kept.Write(bytes.Repeat([]byte("ü"), 1000))
	}
	kept.Write([]byte("\xff end"))
	if found := kept.String(); len(found) > tailBytes+8 || !strings.HasSuffix(found, "\uFFFD end") {
		t.Error(len(found))
	}
}
