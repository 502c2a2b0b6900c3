using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.Simulation;

/// <summary>Every schema, known beforehand: in a simulated run nothing may wait for a registry.</summary>
internal sealed class SimulatedSchemas
{
    private static readonly Lazy<SimulatedSchemas> Made = new(() => Task.Run(PrepareAsync).GetAwaiter().GetResult());

    private SimulatedSchemas(SchemaRegistryClient registry) => Registry = registry;

    public static SimulatedSchemas All => Made.Value;

    public SchemaRegistryClient Registry { get; }

    public required RecordEncoder<Deployment> Deployments { get; init; }
    public required RecordEncoder<Alert> Alerts { get; init; }
    public required RecordEncoder<Enrichment> Enrichments { get; init; }
    public required RecordEncoder<DeploymentPipeline> Pipelines { get; init; }
    public required RecordEncoder<AlertSource> Sources { get; init; }
    public required RecordEncoder<EscalationPolicy> Policies { get; init; }
    public required RecordEncoder<Account> Accounts { get; init; }

    private static async Task<SimulatedSchemas> PrepareAsync()
    {
        await using var server = await SchemaRegistryServer.StartAsync(0, CancellationToken.None);
        var registry = new SchemaRegistryClient(new() { Url = server.Url });
        var topics = new TopicNames("");
        var schemas = new SimulatedSchemas(registry)
        {
            Deployments = await Encoder<Deployment>(topics.Deployments),
            Alerts = await Encoder<Alert>(topics.Alerts),
            Enrichments = await Encoder<Enrichment>(topics.Enrichments),
            Pipelines = await Encoder<DeploymentPipeline>(topics.DeploymentPipelines),
            Sources = await Encoder<AlertSource>(topics.AlertSources),
            Policies = await Encoder<EscalationPolicy>(topics.EscalationPolicies),
            Accounts = await Encoder<Account>(topics.Accounts),
        };
        return schemas;

        async Task<RecordEncoder<T>> Encoder<T>(string topic)
        {
            var encoder = new RecordEncoder<T>(registry, topic);
            await encoder.PrepareAsync(CancellationToken.None);
            // Registering tells the id of a schema; reading needs the schema of an id.
            await registry.GetAsync(await registry.RegisterAsync(Subjects.Of(topic), AvroCodec<T>.Instance.Schema, CancellationToken.None), CancellationToken.None);
            return encoder;
        }
    }
}
