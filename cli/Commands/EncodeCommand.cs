using System.CommandLine;
using System.Text.Json;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Cli.Commands;

/// <summary><c>encode deployment|alert FILE</c>: a JSON record as the bytes of a Kafka value, for tools that cannot write Avro themselves.</summary>
internal static class EncodeCommand
{
    private static readonly Argument<string> Kind = new("KIND") { Description = "deployment or alert" };
    private static readonly Argument<string> File = new("FILE") { Description = "A JSON object with the fields of the schema, or - for standard input" };

    public static Command Create(string[] args)
    {
        var command = CommandRun.Describe("encode", "Turns a JSON deployment or alert into the bytes of a Kafka value, for kcat.", """
            Registers the schema where it is not known yet and writes the value in Confluent's wire format to standard output:
              streamdeploy encode deployment event.json > event.avro
              kcat -P -b localhost:9092 -t deployments -k acme -X partitioner=murmur2_random event.avro
            """, args);
        Kind.AcceptOnlyFromAmong("deployment", "alert");
        command.Arguments.Add(Kind);
        command.Arguments.Add(File);
        command.Options.Add(KafkaOptions.Property);
        return command.Runs([.. KafkaOptions.All, .. LogOptions.All], async (flags, source, cancellationToken) =>
        {
            var kafka = KafkaOptions.Of(source, flags, "streamdeploy");
            using var registry = new SchemaRegistryClient(kafka.Registry);
            var json = await ReadAsync(flags.GetValue(File)!, cancellationToken).ConfigureAwait(false);
            var bytes = flags.GetValue(Kind) == "deployment"
                ? await EncodeAsync<Deployment>(registry, kafka.Topics.Deployments, json, "deployment", cancellationToken).ConfigureAwait(false)
                : await EncodeAsync<Alert>(registry, kafka.Topics.Alerts, json, "alert", cancellationToken).ConfigureAwait(false);
            await using var output = StandardOutput.Open();
            await output.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        });
    }

    private static async Task<byte[]> EncodeAsync<T>(SchemaRegistryClient registry, string topic, string json, string kind, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(json)) throw new SettingException($"a JSON object with the fields of a {kind} was expected, but the input is empty.");
        T record;
        try
        {
            record = RecordJson<T>.Instance.Read(JsonElement.Parse(json), kind);
        }
        catch (Exception e) when (e is JsonException or RecordJsonException)
        {
            throw new SettingException(e.Message);
        }
        var encoder = new RecordEncoder<T>(registry, topic);
        await encoder.PrepareAsync(cancellationToken).ConfigureAwait(false);
        return encoder.Encode(record);
    }

    private static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return path == "-" ? await Console.In.ReadToEndAsync(cancellationToken).ConfigureAwait(false)
                : await System.IO.File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingException(Unreadable.Because(path, e));
        }
    }
}
