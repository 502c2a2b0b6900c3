using System.CommandLine;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>clickhouse</c>: ClickHouse's engine behind its HTTP interface, with data that stays.</summary>
internal static class ClickHouseCommand
{
    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("clickhouse", "Runs a ClickHouse on this machine, for a history without a server of its own.", """
            ClickHouse's own engine (libchdb, which `./streamdeploy setup` fetches; Linux x64) behind its HTTP interface: for `sink`, curl and ClickHouse's HTTP clients. It listens to
            this machine only. The users are default and, for reading, reader; neither has a password. What an INSERT was acknowledged for outlives a kill -9; to outlive a power failure
            too, give the tables or the INSERT ClickHouse's fsync settings (fsync_after_insert, fsync_part_directory). One process at a time has a folder.
            Stops within 10 s on SIGTERM or Ctrl-C: what runs then is ended.

            Example:
              streamdeploy clickhouse --path ./history &
              streamdeploy sink --init
              curl http://127.0.0.1:8123/ -d 'SELECT count() FROM streamdeploy.alerts'
            """, args);
        return command.Runs([.. EmbeddedClickHouseOptions.All, .. LogOptions.All], async (_, source, cancellationToken) =>
        {
            var settings = EmbeddedClickHouseOptions.Of(source);
            using var logs = LogOptions.Of(source);
            await using var clickHouse = await EmbeddedClickHouse.StartAsync(settings, logs, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return ExitCodes.Done;
        });
    }
}
