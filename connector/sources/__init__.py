"""Where answers come from: the form tools, asked for what no webhook said."""
