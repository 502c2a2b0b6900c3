using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;

// Not for the test runner: WorkerProcess starts this assembly as a worker that a test can kill.
var settings = new KafkaSettings
{
    BootstrapServers = args[0],
    Registry = new() { Url = args[1] },
    TopicPrefix = args[2],
    GroupId = args[3],
    GroupProtocol = args[4],
};
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
using var logs = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true));
await new Worker(new() { Kafka = settings }, logs).RunAsync(stop.Token);
