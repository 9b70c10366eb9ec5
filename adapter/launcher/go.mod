module launcher

go 1.26
