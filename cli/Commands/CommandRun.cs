using System.CommandLine;
using StreamDeploy.Cli.Settings;
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
        }, cancellationToken));
        return command;
    }

    private static async Task<int> Guarded(Func<Task<int>> run, CancellationToken cancellationToken)
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
        catch (Exception e) when (Explain(e) is { } explained)
        {
            await Console.Error.WriteLineAsync("streamdeploy: " + explained.Message).ConfigureAwait(false);
            return explained.Code;
        }
    }

    /// <summary>A message and an exit code for what is not a bug of ours; null for what is, which then shows its stack trace.</summary>
    private static (string Message, int Code)? Explain(Exception e) => e switch
    {
        SettingException or KafkaSettingsException or CatalogException => (e.Message, ExitCodes.Usage),
        SchemaRegistryUnavailableException => ($"{e.Message} (--registry says where it is)", ExitCodes.Unavailable),
        BrokerUnavailableException or EmbeddedClickHouseUnavailableException or IngestUnavailableException => (e.Message, ExitCodes.Unavailable),
        ClickHouseException { Status: null } => (e.Message, ExitCodes.Unavailable),
        ClickHouseException or IOException => (e.Message, ExitCodes.Failed),
        // What Kafka's client cannot get over, such as being fenced; only connectors/Kafka knows its types.
        _ when e.GetType().Namespace?.StartsWith("Confluent.Kafka", StringComparison.Ordinal) == true => ($"Kafka: {e.Message}", ExitCodes.Failed),
        _ => null,
    };
}
