"""The greeter of ../greeter with FastMCP, which does what is done by hand there."""

from fastmcp import FastMCP

server = FastMCP("greeter", version="1.0.0")


@server.tool
def greet(name: str) -> str:
    """Say hello to somebody."""
    return f"Hello, {name}!"


if __name__ == "__main__":
    server.run(show_banner=False)  # over stdio; kmcp makes HTTP of it
