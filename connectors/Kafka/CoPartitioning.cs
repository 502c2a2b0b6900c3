using Confluent.Kafka;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>The topics that a worker needs, as the cluster has them: checked before anything is read.</summary>
internal sealed record CoPartitioning(int Partitions, IReadOnlyList<TopicPartition> Tables)
{
    /// <exception cref="KafkaSettingsException">A topic is missing, or topics that belong together have unequal numbers of partitions.</exception>
    public static CoPartitioning Of(TopicNames topics, IReadOnlyDictionary<string, int> partitions)
    {
        IReadOnlyList<string> needed = [.. topics.CoPartitioned, .. TableReader.TopicsOf(topics), topics.DeadLetters];
        var missing = needed.Where(t => !partitions.ContainsKey(t)).ToList();
        if (missing.Count > 0)
            throw new KafkaSettingsException($"topics missing: {string.Join(", ", missing)}: run streamdeploy topics create");
        if (topics.CoPartitioned.Select(t => partitions[t]).Distinct().Count() > 1)
        {
            var counts = string.Join(", ", topics.CoPartitioned.Select(t => $"{t} has {partitions[t]}"));
            throw new KafkaSettingsException($"an account's records must meet in one partition, but the numbers of partitions differ: {counts}");
        }
        var tables = TableReader.TopicsOf(topics).SelectMany(t => Enumerable.Range(0, partitions[t]).Select(p => new TopicPartition(t, p)));
        return new(partitions[topics.Deployments], [.. tables]);
    }
}
