using Confluent.Kafka;
using Confluent.Kafka.SyncOverAsync;
using Confluent.SchemaRegistry;
using Confluent.SchemaRegistry.Serdes;
using streamdeploy;

namespace Samples;

/// <summary>Prints each answer that is newer than what is known of its alert. At least once: what was handled and not yet committed comes again.</summary>
internal static class EnrichmentConsumer
{
    public static readonly string[] Flags = ["group"];

    private static readonly TimeSpan RegistryPause = TimeSpan.FromSeconds(1);

    public static int Run(Arguments arguments, CancellationToken stop)
    {
        var config = new ConsumerConfig(arguments.Kafka)
        {
            GroupId = arguments.Optional("group") ?? "incidents",
            // The worker writes in transactions; one that it broke off is not for you.
            IsolationLevel = IsolationLevel.ReadCommitted,
            // For a group that has committed nothing yet: the topic is compacted, so its beginning is the latest answer of every alert.
            AutoOffsetReset = AutoOffsetReset.Earliest,
            // Commits in the background and on Close, but only offsets that were stored: those of answers that were handled.
            EnableAutoCommit = true,
            EnableAutoOffsetStore = false,
        };
        using var registry = new CachedSchemaRegistryClient(arguments.Registry);
        using var consumer = new ConsumerBuilder<string, Enrichment?>(config)
            .SetValueDeserializer(new AvroDeserializer<Enrichment?>(registry, DeserializerConfig).AsSyncOverAsync())
            .SetErrorHandler((_, e) => Console.Error.WriteLine($"Kafka: {e.Reason}"))
            .Build();
        consumer.Subscribe(arguments.Topic("enrichments"));
        try
        {
            var latest = new LatestAnswers();
            while (true)
            {
                if (Next(consumer, stop) is not { } record)
                    continue;
                // A null value deletes its key.
                if (record.Message.Value is { } answer && latest.Take(answer))
                    Handle(answer);
                consumer.StoreOffset(record);
            }
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
        finally
        {
            // Commits what was stored and leaves the group, so that its partitions go to others at once.
            consumer.Close();
        }
    }

    internal static AvroDeserializerConfig DeserializerConfig => new() { SubjectNameStrategy = SubjectNameStrategy.Topic };

    /// <summary>Null where the next record could not be read.</summary>
    private static ConsumeResult<string, Enrichment?>? Next(IConsumer<string, Enrichment?> consumer, CancellationToken stop)
    {
        try
        {
            return consumer.Consume(stop);
        }
        catch (ConsumeException e) when (e.Error.Code == ErrorCode.Local_ValueDeserialization && IsRegistryAway(e.InnerException))
        {
            // The record is good, so wait and read it again. Without Seek the next record would follow, and this one would be lost.
            Console.Error.WriteLine($"The schema registry does not answer: {e.InnerException!.Message}");
            consumer.Seek(e.ConsumerRecord.TopicPartitionOffset);
            stop.WaitHandle.WaitOne(RegistryPause);
            return null;
        }
        catch (ConsumeException e) when (e.Error.Code == ErrorCode.Local_ValueDeserialization)
        {
            // It will be no better the next time. Keep it somewhere; here it is only told.
            Console.Error.WriteLine($"{e.ConsumerRecord.TopicPartitionOffset} is left out: {e.InnerException?.Message}");
            consumer.StoreOffset(Following(e.ConsumerRecord.TopicPartitionOffset));
            return null;
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            // librdkafka goes on by itself, for instance when the topic has been created.
            Console.Error.WriteLine($"Kafka: {e.Error.Reason}");
            return null;
        }
    }

    /// <summary>An id that the registry does not know is no reason to wait; anything else that the registry says is.</summary>
    private static bool IsRegistryAway(Exception? e) =>
        e is HttpRequestException or TaskCanceledException || (e is SchemaRegistryException refused && refused.Status != System.Net.HttpStatusCode.NotFound);

    private static TopicPartitionOffset Following(TopicPartitionOffset offset) => new(offset.TopicPartition, offset.Offset + 1);

    /// <summary>Here you would write to the incident, or page someone.</summary>
    private static void Handle(Enrichment answer)
    {
        Console.WriteLine($"{answer.accountId}/{answer.alertId} revision {answer.revision}{(answer.settled ? ", settled" : "")}: {answer.headline}");
        foreach (var suspect in answer.suspects)
            Console.WriteLine($"  {suspect.probability,4:P0}  {suspect.deploymentId}  {suspect.summary}");
    }
}
