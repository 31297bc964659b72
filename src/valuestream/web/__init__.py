"""The pages: they parse a question, ask the ValueStream, show the answer. They compute nothing."""
