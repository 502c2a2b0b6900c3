using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Kafka;

public sealed class KafkaClientsTests
{
    private static KafkaSettings Settings(params (string Name, string Value)[] properties) => new()
    {
        BootstrapServers = "127.0.0.1:1",
        Registry = new() { Url = "http://127.0.0.1:1" },
        Properties = properties.ToDictionary(p => p.Name, p => p.Value),
    };

    private static KafkaClients Clients(params (string Name, string Value)[] properties) => new(Settings(properties), NullLoggerFactory.Instance);

    [Fact]
    public void A_property_that_does_not_exist_is_named()
    {
        var e = Assert.Throws<KafkaSettingsException>(() => Clients(("linger.mss", "5")).OpenProducer());
        Assert.Contains("\"linger.mss\"", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_cannot_be_is_named()
    {
        var e = Assert.Throws<KafkaSettingsException>(() => Clients(("fetch.wait.max.ms", "soon")).OpenConsumer());
        Assert.Contains("fetch.wait.max.ms", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acks", "1")]
    [InlineData("partitioner", "consistent")]
    [InlineData("producer.enable.idempotence", "false")]
    public void What_correctness_depends_on_cannot_be_changed(string name, string value)
    {
        var e = Assert.Throws<KafkaSettingsException>(() => Clients((name, value)).OpenProducer());
        Assert.Contains(name.Replace("producer.", "", StringComparison.Ordinal), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_property_for_one_kind_of_client_stays_away_from_the_others()
    {
        var clients = Clients(("consumer.fetch.max.bytes", "1000000000000"));
        clients.OpenProducer().Dispose();
        Assert.Throws<KafkaSettingsException>(() => clients.OpenConsumer());
    }

    [Fact]
    public void A_password_is_neither_printed_nor_logged()
    {
        var settings = Settings(("sasl.password", "hunter2hunter2"), ("sasl.username", "svc-user"), ("sasl.mechanism", "PLAIN"), ("security.protocol", "SASL_PLAINTEXT"), ("debug", "conf"));
        Assert.DoesNotContain("hunter2", settings.ToString(), StringComparison.Ordinal);
        var log = new RecordingLog();
        new KafkaClients(settings, log).OpenProducer().Dispose();
        Assert.Contains(log.Lines, l => l.Contains("sasl.mechanism", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, l => l.Contains("hunter2", StringComparison.Ordinal) || l.Contains("svc-user", StringComparison.Ordinal));
        Assert.Equal("password=****!", new Secrets(settings.Properties).Mask("password=hunter2hunter2!"));
    }

    [Theory]
    [InlineData("GroupProtocol")]
    [InlineData("BootstrapServers")]
    [InlineData("DeliveryTimeout")]
    public void A_setting_that_cannot_work_is_named(string name)
    {
        var settings = name switch
        {
            "GroupProtocol" => Settings() with { GroupProtocol = "modern" },
            "BootstrapServers" => Settings() with { BootstrapServers = "" },
            _ => Settings() with { DeliveryTimeout = TimeSpan.Zero },
        };
        var e = Assert.Throws<KafkaSettingsException>(() => new KafkaClients(settings, NullLoggerFactory.Instance));
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
    }
}
