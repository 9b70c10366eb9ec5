module witness

go 1.26
