using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary><c>die</c>: a worker that ends itself with SIGKILL at a step of one of its transactions.</summary>
internal static class DyingWorkerCommand
{
    /// <summary>In the middle of the commit: some time after it was begun.</summary>
    public const string DuringCommit = "DuringCommit";

    private static readonly Option<string> Bootstrap = new("--bootstrap-servers") { Required = true };
    private static readonly Option<string> Registry = new("--registry") { Required = true };
    private static readonly Option<string> Prefix = new("--topic-prefix") { Required = true };
    private static readonly Option<string> Group = new("--group") { Required = true };
    private static readonly Option<string> Step = new("--step") { Required = true };
    private static readonly Option<int> Transaction = new("--transaction") { Description = "Which one, from 1" };

    public static Command Create()
    {
        var command = new Command("die", "A worker that ends itself in a transaction.") { Hidden = true };
        foreach (var option in new Option[] { Bootstrap, Registry, Prefix, Group, Step, Transaction })
            command.Options.Add(option);
        command.SetAction((flags, cancellationToken) => RunAsync(flags, cancellationToken));
        return command;
    }

    public static Process Start(KafkaSettings settings, string step, int transaction)
    {
        string[] arguments =
        [
            "exec", Path.Combine(AppContext.BaseDirectory, "StreamDeploy.IntegrationTests.dll"), "die", "--bootstrap-servers", settings.BootstrapServers,
            "--registry", settings.Registry.Url, "--topic-prefix", settings.TopicPrefix, "--group", settings.GroupId, "--step", step, "--transaction", $"{transaction}",
        ];
        return Process.Start(new ProcessStartInfo("dotnet", arguments))!;
    }

    private static async Task<int> RunAsync(ParseResult flags, CancellationToken cancellationToken)
    {
        var step = flags.GetValue(Step)!;
        var left = flags.GetValue(Transaction);
        var kafka = new KafkaSettings
        {
            BootstrapServers = flags.GetValue(Bootstrap)!,
            Registry = new() { Url = flags.GetValue(Registry)! },
            TopicPrefix = flags.GetValue(Prefix)!,
            GroupId = flags.GetValue(Group)!,
        };
        var at = step == DuringCommit ? CommitStep.BeforeCommit : Enum.Parse<CommitStep>(step);
        await new Worker(new() { Kafka = kafka, OnCommitStep = OnStep }, NullLoggerFactory.Instance).RunAsync(cancellationToken);
        return 0;

        void OnStep(CommitStep now)
        {
            if (now != at || --left > 0)
                return;
            if (step == DuringCommit)
                new Thread(DieSoon).Start();
            else
                Die();
        }
    }

    private static void DieSoon()
    {
        // A commit takes some milliseconds here; which part of it this hits differs from run to run.
        var wait = Stopwatch.StartNew();
        var length = TimeSpan.FromMicroseconds(Random.Shared.Next(4000));
        while (wait.Elapsed < length)
            Thread.SpinWait(10);
        Die();
    }

    private static void Die() => Process.GetCurrentProcess().Kill();
}
