using StreamDeploy.Cli;

// No library is named here: where a file of one is missing, that ends in a sentence too.
Failure.TellOfThreads();
try
{
    return await CommandLine.RunAsync(args);
}
catch (Exception e)
{
    return Failure.Tell(e, Console.Error);
}
