using System.CommandLine;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Cli.Commands;

/// <summary>What every command has in common: a configuration file, settings, and errors as one line on stderr.</summary>
internal static class CommandRun
{
    private static readonly Option<string?> Config = new("--config", "-c")
    {
        Description = "YAML file with settings by their long names; flags and STREAMDEPLOY_... variables go before it",
        HelpName = "FILE",
    };

    /// <summary>A command whose help tells more than its line in the list of commands does.</summary>
    public static Command Describe(string name, string summary, string details, string[] args) =>
        new(name, args.Contains(name, StringComparer.Ordinal) ? $"{summary}{Environment.NewLine}{Environment.NewLine}{details}" : summary);

    public static Command Runs(this Command command, Setting[] settings, Func<ParseResult, SettingsSource, CancellationToken, Task<int>> run)
    {
        command.Options.Add(Config);
        foreach (var setting in settings) command.Options.Add(setting.Option);
        command.SetAction((flags, cancellationToken) => Guarded(async () =>
        {
            var source = new SettingsSource(flags, flags.GetValue(Config) ?? Environment.GetEnvironmentVariable("STREAMDEPLOY_CONFIG"), Environment.GetEnvironmentVariable);
            return await run(flags, source, cancellationToken).ConfigureAwait(false);
        }, flags.InvocationConfiguration.Error, cancellationToken));
        return command;
    }

    private static async Task<int> Guarded(Func<Task<int>> run, TextWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Done;
        }
        catch (IOException e) when (StandardOutput.IsClosed(e))
        {
            return ExitCodes.Done;
        }
        catch (Exception e)
        {
            return Failure.Tell(e, errors);
        }
    }

    /// <summary>One sentence and an exit code for whatever ended the program.</summary>
    public static (string Message, int Code) Explain(Exception e) => e switch
    {
        SettingException or KafkaSettingsException or SchemaRegistryDeniedException or CatalogException => (e.Message, ExitCodes.Usage),
        SchemaRegistryUnavailableException => ($"{e.Message} (--registry says where it is)", ExitCodes.Unavailable),
        BrokerUnavailableException or EmbeddedClickHouseUnavailableException or IngestUnavailableException => (e.Message, ExitCodes.Unavailable),
        ClickHouseException { Status: null } => (e.Message, ExitCodes.Unavailable),
        NativeLibraryException or ClickHouseException or IOException or UnauthorizedAccessException => (e.Message, ExitCodes.Failed),
        DllNotFoundException => ($"A native library cannot be loaded, so install the one that is named here: {e.Message.Split('\n')[0]}", ExitCodes.Failed),
        // What Kafka's client cannot get over, such as being fenced; only connectors/Kafka knows its types.
        _ when e.GetType().Namespace?.StartsWith("Confluent.Kafka", StringComparison.Ordinal) == true => ($"Kafka: {e.Message}", ExitCodes.Failed),
        _ => (Bug.Describe(e), ExitCodes.Failed),
    };
}
