package main

import (
	"context"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// newShared serves modern clients from one child: a server of the SDK whose tools are the child's.
func newShared(child command) (http.Handler, error) {
	background := context.Background()
	client := mcp.NewClient(&mcp.Implementation{Name: "yardstick", Version: "1"}, nil)
	session, err := client.Connect(background, &mcp.CommandTransport{Command: child()}, nil)
	if err != nil {
		return nil, err
	}
	server := mcp.NewServer(&mcp.Implementation{Name: "yardstick", Version: "1"}, nil)
	for tool, err := range session.Tools(background, nil) {
		if err != nil {
			return nil, err
		}
		server.AddTool(tool, func(ctx context.Context, request *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			asked := &mcp.CallToolParams{Name: request.Params.Name, Arguments: request.Params.Arguments}
			return session.CallTool(ctx, asked)
		})
	}
	choose := func(*http.Request) *mcp.Server { return server }
	options := &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true, MaxRequestBodyBytes: -1}
	return mcp.NewStreamableHTTPHandler(choose, options), nil
}
