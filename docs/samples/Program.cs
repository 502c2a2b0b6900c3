using System.Runtime.InteropServices;
using Confluent.Kafka;
using Samples;

const string Usage = """
    usage: produce --account A --pipeline N --deployment ID --status STATUS [--kind KIND] [--summary TEXT] [--service NAME] [--environment NAME]
           consume [--group NAME]

    Both take --bootstrap-servers HOST:PORT, --registry URL, --topic-prefix TEXT and --properties FILE (see README.md).
    These four may be variables instead: STREAMDEPLOY_BOOTSTRAP_SERVERS, STREAMDEPLOY_REGISTRY, ...
    """;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

try
{
    switch (args.FirstOrDefault())
    {
        case "produce":
            return await DeploymentProducer.RunAsync(new Arguments(args[1..], DeploymentProducer.Flags), stop.Token);
        case "consume":
            return EnrichmentConsumer.Run(new Arguments(args[1..], EnrichmentConsumer.Flags), stop.Token);
        default:
            await Console.Error.WriteLineAsync(Usage);
            return 2;
    }
}
catch (UsageException e)
{
    await Console.Error.WriteLineAsync($"{e.Message}\n\n{Usage}");
    return 2;
}
catch (Exception e) when (e is InvalidOperationException or ArgumentException)
{
    // What the clients throw on a property that they do not know, or a value that it cannot have.
    await Console.Error.WriteLineAsync($"The configuration is wrong: {e.Message}");
    return 2;
}
catch (KafkaException e)
{
    // The broker or librdkafka gave up: a wrong property, a topic that may not be read, an error that librdkafka calls fatal.
    await Console.Error.WriteLineAsync($"Kafka: {e.Error.Reason}");
    return 1;
}

void Stop(PosixSignalContext signal)
{
    // The process does not end here: the loop ends, commits what it has handled and leaves its group.
    signal.Cancel = true;
    stop.Cancel();
}
