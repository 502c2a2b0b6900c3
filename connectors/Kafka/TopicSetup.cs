using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Creates the topics with the settings that the join depends on. What exists is compared and told, never changed.</summary>
public static class TopicSetup
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public static async Task<TopicReport> CreateAsync(KafkaSettings kafka, TopicSettings topics, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        using var admin = new KafkaClients(kafka, logs).OpenAdmin();
        var plan = topics.Plan(kafka.Topics);
        var existing = await ExistingAsync(admin, cancellationToken).ConfigureAwait(false);
        var missing = plan.Where(p => !existing.ContainsKey(p.Name)).ToList();
        var created = missing.Count == 0 ? [] : await CreateAsync(admin, missing, topics.ReplicationFactor, cancellationToken).ConfigureAwait(false);
        var old = plan.Where(p => !created.Contains(p.Name)).ToList();
        return new TopicReport(created, await CompareAsync(admin, old, topics.ReplicationFactor, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Where the cluster is not as <see cref="CreateAsync(KafkaSettings, TopicSettings, ILoggerFactory, CancellationToken)"/> would make it; changes nothing.</summary>
    public static async Task<IReadOnlyList<TopicDifference>> DescribeDifferencesAsync(
        KafkaSettings kafka, TopicSettings topics, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        using var admin = new KafkaClients(kafka, logs).OpenAdmin();
        return await CompareAsync(admin, topics.Plan(kafka.Topics), topics.ReplicationFactor, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<string>> CreateAsync(
        IAdminClient admin, List<TopicPlan> missing, short replicationFactor, CancellationToken cancellationToken)
    {
        var wanted = missing.Select(p => new TopicSpecification
        {
            Name = p.Name,
            NumPartitions = p.Partitions,
            ReplicationFactor = replicationFactor,
            Configs = p.Configs.ToDictionary(),
        });
        try
        {
            await admin.CreateTopicsAsync(wanted, new() { OperationTimeout = Timeout, RequestTimeout = Timeout }).WaitAsync(cancellationToken).ConfigureAwait(false);
            return [.. missing.Select(p => p.Name)];
        }
        catch (CreateTopicsException e)
        {
            // Someone else may be creating them at the same moment: that is as good.
            var refused = e.Results.Where(r => r.Error.IsError && r.Error.Code != ErrorCode.TopicAlreadyExists).ToList();
            if (refused.Count > 0)
                throw new KafkaSettingsException("topics not created: " + string.Join("; ", refused.Select(r => $"{r.Topic}: {r.Error.Reason}")), e);
            return [.. e.Results.Where(r => !r.Error.IsError).Select(r => r.Topic)];
        }
        catch (KafkaException e)
        {
            throw new BrokerUnavailableException($"topics not created: {e.Error.Reason}", e);
        }
    }

    private static async Task<IReadOnlyList<TopicDifference>> CompareAsync(
        IAdminClient admin, IReadOnlyList<TopicPlan> plan, short replicationFactor, CancellationToken cancellationToken)
    {
        var existing = await ExistingAsync(admin, cancellationToken).ConfigureAwait(false);
        var configs = await ConfigsAsync(admin, [.. plan.Select(p => p.Name).Where(existing.ContainsKey)], cancellationToken).ConfigureAwait(false);
        var differences = new List<TopicDifference>();
        foreach (var topic in plan)
        {
            if (!existing.TryGetValue(topic.Name, out var found))
            {
                differences.Add(new(topic.Name, "topic", "there", "missing"));
                continue;
            }
            var replicas = found.Partitions.Count == 0 ? 0 : found.Partitions.Min(p => p.Replicas.Length);
            Note(topic.Name, "partitions", Text(topic.Partitions), Text(found.Partitions.Count));
            if (replicationFactor > 0)
                Note(topic.Name, "replication factor", Text(replicationFactor), Text(replicas));
            foreach (var (name, value) in topic.Configs)
                Note(topic.Name, name, Normal(name, value), Normal(name, configs[topic.Name].GetValueOrDefault(name) ?? ""));
        }
        return differences;

        void Note(string topic, string what, string expected, string actual)
        {
            if (expected != actual)
                differences.Add(new(topic, what, expected, actual));
        }
    }

    // A list of policies is a set: brokers keep the order in which it was given.
    private static string Normal(string name, string value) => name == "cleanup.policy" ? string.Join(',', value.Split(',').Order(StringComparer.Ordinal)) : value;

    private static async Task<Dictionary<string, TopicMetadata>> ExistingAsync(IAdminClient admin, CancellationToken cancellationToken)
    {
        try
        {
            var metadata = await Task.Run(() => admin.GetMetadata(Timeout), cancellationToken).ConfigureAwait(false);
            return metadata.Topics.Where(t => !t.Error.IsError).ToDictionary(t => t.Topic);
        }
        catch (KafkaException e)
        {
            throw new BrokerUnavailableException($"Kafka does not answer: {e.Error.Reason}", e);
        }
    }

    private static async Task<Dictionary<string, Dictionary<string, string>>> ConfigsAsync(
        IAdminClient admin, IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        if (topics.Count == 0)
            return [];
        try
        {
            var asked = topics.Select(t => new ConfigResource { Type = ResourceType.Topic, Name = t });
            var results = await admin.DescribeConfigsAsync(asked, new() { RequestTimeout = Timeout }).WaitAsync(cancellationToken).ConfigureAwait(false);
            return results.ToDictionary(r => r.ConfigResource.Name, r => r.Entries.ToDictionary(e => e.Key, e => e.Value.Value));
        }
        catch (KafkaException e)
        {
            throw new BrokerUnavailableException($"the topics' settings cannot be read: {e.Error.Reason}", e);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
