using Confluent.Kafka;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using streamdeploy;

namespace Samples;

/// <summary>Reports one step of a deployment, as a pipeline would: once when it starts and once when it has ended.</summary>
internal static class DeploymentProducer
{
    public static readonly string[] Flags = ["account", "pipeline", "deployment", "status", "kind", "summary", "service", "environment"];

    public static async Task<int> RunAsync(Arguments arguments, CancellationToken stop)
    {
        var deployment = DeploymentOf(arguments);
        var config = new ProducerConfig(arguments.Kafka)
        {
            // Murmur2 is what Java clients use. StreamDeploy joins the deployments of partition p with the alerts of partition p,
            // so both must find an account's partition in the same way. librdkafka's default hashes with CRC32.
            Partitioner = Partitioner.Murmur2Random,
            // A record is written once and in order, whatever is sent again, and acknowledged when all in-sync replicas have it.
            EnableIdempotence = true,
            Acks = Acks.All,
            // The default is five minutes; who waits for the answer wants to know earlier that the brokers are away.
            MessageTimeoutMs = 30_000,
        };
        using var registry = new CachedSchemaRegistryClient(arguments.Registry);
        using var producer = new ProducerBuilder<string, Deployment>(config)
            .SetValueSerializer(new AvroSerializer<Deployment>(registry, SerializerConfig))
            .SetErrorHandler((_, e) => Console.Error.WriteLine($"Kafka: {e.Reason}"))
            .Build();
        try
        {
            var record = new Message<string, Deployment> { Key = deployment.accountId, Value = deployment };
            var delivered = await producer.ProduceAsync(arguments.Topic("deployments"), record, stop);
            Console.WriteLine($"delivered {deployment.eventId} to {delivered.Topic}, partition {delivered.Partition.Value}, offset {delivered.Offset.Value}");
            return 0;
        }
        catch (ProduceException<string, Deployment> e)
        {
            // The serializer's error is inside: the registry is away, or a field that must not be null is null.
            await Console.Error.WriteLineAsync($"{deployment.eventId} was not delivered: {e.InnerException?.Message ?? e.Error.Reason}");
            return 1;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"Interrupted: {deployment.eventId} may or may not have been delivered. Send it again: its eventId makes the two one.");
            return 1;
        }
    }

    /// <summary>For many records: one producer and one serializer for the process, and do not await each ProduceAsync before the next.</summary>
    internal static AvroSerializerConfig SerializerConfig => new()
    {
        // "deployments-value" is where StreamDeploy looks. The default of newer versions asks the registry for an association first.
        SubjectNameStrategy = SubjectNameStrategy.Topic,
        // The registry knows a schema by its meaning, whatever the order of its members.
        NormalizeSchemas = true,
        // Set it to false where only your release pipeline may register schemas. Leave UseLatestVersion off: it writes with the class's own schema
        // under the latest schema's id, and nobody can read that once the two differ.
        AutoRegisterSchemas = true,
    };

    private static Deployment DeploymentOf(Arguments arguments)
    {
        var id = arguments.Required("deployment");
        var status = Symbol<DeploymentStatus>(arguments, "status", null);
        return new Deployment
        {
            accountId = arguments.Required("account"),
            // The same event has the same id when it is sent again: then it counts once.
            eventId = $"{id}/{status}",
            // All events of one pipeline with this id are one deployment.
            deploymentId = id,
            pipelineId = long.TryParse(arguments.Required("pipeline"), out var pipeline) ? pipeline : throw new UsageException("--pipeline must be a number."),
            source = "sample",
            kind = Symbol<DeploymentKind>(arguments, "kind", "DEPLOYMENT"),
            status = status,
            summary = arguments.Optional("summary") ?? $"{id} {status}",
            service = arguments.Optional("service"),
            environment = arguments.Optional("environment"),
            // Event time: when it happened, not when it was sent.
            occurredAt = DateTime.UtcNow,
            // The generated classes know no defaults, so what is neither nullable nor a number must be set.
            links = [],
        };
    }

    private static T Symbol<T>(Arguments arguments, string flag, string? fallback) where T : struct, Enum
    {
        var text = arguments.Optional(flag) ?? fallback ?? arguments.Required(flag);
        return Enum.TryParse<T>(text, out var symbol) && Enum.IsDefined(symbol)
            ? symbol
            : throw new UsageException($"--{flag} must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }
}
