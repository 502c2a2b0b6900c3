using BenchmarkDotNet.Running;

// Without a filter BenchmarkDotNet asks which ones; a command that waits for an answer is of no use in a script.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Contains("--filter") ? args : [.. args, "--filter", "*"]);
