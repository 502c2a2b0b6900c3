using System.CommandLine;
using System.CommandLine.Invocation;
using StreamDeploy.Cli.Commands;

namespace StreamDeploy.Cli;

/// <summary>All commands of the program.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("""
            StreamDeploy answers the first question of every incident: what changed? It joins deployments and alerts on Kafka and writes, for every alert, one
            ranked and explained answer.

            New here? `streamdeploy demo` runs the whole of it in one process, with nothing else installed.

            Exit codes: 0 done, 1 failed, 2 a flag, setting or input is wrong, 3 a server was not to be reached, 4 differences were found.
            """)
        {
            IngestCommand.Create(args),
            DemoCommand.Create(args),
            RunCommand.Create(args),
            SinkCommand.Create(args),
            ViewCommand.Create(args),
            ClickHouseCommand.Create(args),
            TopicsCommand.Create(),
            ReplayCommand.Create(args),
            EncodeCommand.Create(args),
            SendCommand.Create(args),
            ClaimCommand.Create(args),
            ReportCommand.Create(args),
        };
        var parsed = root.Parse(args);
        // The whole help after it would push the one line that counts off the screen.
        if (parsed.Action is ParseErrorAction mistake && args.Length > 0) mistake.ShowHelp = false;
        // Each command explains its own exceptions; System.CommandLine would print a stack trace.
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10), EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;
    }
}
