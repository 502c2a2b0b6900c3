using StreamDeploy.Benchmarks.EndToEnd;

return await BenchCommand.Create().Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(15) });
