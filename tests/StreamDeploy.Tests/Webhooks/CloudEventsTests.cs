using System.Text.Json.Nodes;
using StreamDeploy.Connectors.Webhooks;
using static StreamDeploy.Tests.Webhooks.SomeCdEvents;
using static StreamDeploy.Tests.Webhooks.SomeWebhook;

namespace StreamDeploy.Tests.Webhooks;

public sealed class CloudEventsTests
{
    private const string Deployed = "dev.cdevents.service.deployed";

    private static Reading<CloudEventMessage> Read(string contentType, JsonNode body, params (string Name, string Value)[] attributes) =>
        CloudEvents.Read(Headers(contentType, attributes), Element(body));

    private static CloudEvent One(string contentType, JsonNode body, params (string Name, string Value)[] attributes)
    {
        var message = Read(contentType, body, attributes).Event!;
        Assert.False(message.IsBatch);
        return Assert.Single(message.Events);
    }

    private static (string Name, string Value)[] With(string name, string value) => [.. Attributes().Where(attribute => attribute.Name != name), (name, value)];

    [Fact]
    public void An_event_is_the_same_in_each_mode()
    {
        var binary = One("application/json; charset=utf-8", Of(Deployed), Attributes());
        var structured = One(OneType + "; charset=utf-8", Structured());
        var encoded = Structured();
        encoded.Remove("data");
        encoded["data_base64"] = Base64(Of(Deployed));
        var batched = Read(BatchType, Batch(Structured(), Structured(id: "2"))).Event!;

        Assert.True(batched.IsBatch);
        Assert.Equal([Id, "2"], batched.Events.Select(each => each.Id));
        foreach (var each in new[] { binary, structured, One(OneType, encoded), batched.Events[0], One("application/cdevents+json", Of(Deployed), Attributes()) })
        {
            Assert.Equal((Id, Source, TypeOf(Deployed)), (each.Id, each.Source, each.Type));
            Assert.Equal("2023-03-20T14:27:05.315384Z", each.Time!.Value.GetString());
            Assert.Equal("mySubject123", each.Data!.Value.NameAt("subject", "id"));
        }
    }

    [Fact]
    public void Data_and_time_may_be_absent()
    {
        var bare = Structured();
        bare.Remove("data");
        bare.Remove("time");

        Assert.Equal((null, null), (One(OneType, bare).Data, One(OneType, bare).Time));
        Assert.Null(One(OneType, bare.With("data_base64", "\"bm90IGpzb24=\"")).Data);
        Assert.Null(One("", Of(Deployed), With("ce-time", "")).Time);
    }

    [Fact]
    public void An_empty_batch_is_one() => Assert.Empty(Read(BatchType, Batch()).Event!.Events);

    [Theory]
    [InlineData("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀")]
    [InlineData("%41%62", "Ab")]
    [InlineData("%2525", "%25")]
    [InlineData("\"a b\\\"c\\\\d\"", "a b\"c\\d")]
    [InlineData("100%", "100%")]
    [InlineData("a+b", "a+b")]
    [InlineData("%zz%4", "%zz%4")]
    public void A_header_is_unquoted_and_decoded_once(string header, string id) => Assert.Equal(id, One("application/json", Of(Deployed), With("ce-id", header)).Id);

    [Theory]
    [InlineData("ce-id", "%C0%A0")]
    [InlineData("ce-source", "%FF")]
    [InlineData("ce-time", "%80")]
    public void A_header_that_is_no_utf8_is_refused(string name, string value) =>
        Assert.Equal((400, "INVALID_FIELD", name), Refused("application/json", Of(Deployed), With(name, value)));

    [Theory]
    [InlineData("specversion")]
    [InlineData("id")]
    [InlineData("source")]
    [InlineData("type")]
    public void An_attribute_that_is_missing_is_named(string name)
    {
        Assert.Equal((400, "MISSING_FIELD", "ce-" + name), Refused("application/json", Of(Deployed), With("ce-" + name, "")));
        Assert.Equal((400, "MISSING_FIELD", name), Refused(OneType, Structured().Without(name)));
        Assert.Equal((400, "MISSING_FIELD", name), Refused(OneType, Structured().With(name, "7")));
        Assert.Equal((400, "MISSING_FIELD", $"[1].{name}"), Refused(BatchType, Batch(Structured(), Structured().Without(name))));
    }

    [Fact]
    public void Another_version_and_another_shape_are_refused()
    {
        Assert.Equal((400, "INVALID_FIELD", "ce-specversion"), Refused("application/json", Of(Deployed), With("ce-specversion", "0.3")));
        Assert.Equal((400, "INVALID_FIELD", "specversion"), Refused(OneType, Structured().With("specversion", "\"1.1\"")));
        Assert.Equal((400, "INVALID_FIELD", "[0]"), Refused(BatchType, Batch(JsonValue.Create(7))));
        Assert.Equal((400, "INVALID_JSON", null), Refused(BatchType, Structured()));
        Assert.Equal((400, "INVALID_JSON", null), Refused(OneType, Batch(Structured())));
        Assert.Equal((400, "INVALID_JSON", null), Refused("application/json", Batch(Structured()), Attributes()));
        Assert.Equal((400, "INVALID_FIELD", "data_base64"), Refused(OneType, Structured().With("data_base64", "\"e30=\"")));
        Assert.Equal((400, "INVALID_FIELD", "data_base64"), Refused(OneType, Structured().Without("data").With("data_base64", "\"%\"")));
    }

    [Fact]
    public void An_attribute_is_there_once()
    {
        var headers = Headers("application/json", Attributes());
        headers["ce-id"] = new(["1", "2"]);

        Assert.Equal("ce-id", CloudEvents.Read(headers, Element(Of(Deployed))).Refusal!.Field);
    }

    [Fact]
    public void A_batch_is_bounded() =>
        Assert.Equal((413, "TOO_LARGE", null), Refused(BatchType, new JsonArray([.. Enumerable.Range(0, CloudEvents.BatchMax + 1).Select(i => JsonValue.Create(i))])));

    private static (int Status, string Code, string? Field) Refused(string contentType, JsonNode body, params (string Name, string Value)[] attributes)
    {
        var refusal = Read(contentType, body, attributes).Refusal!;
        return (refusal.Status, refusal.Code, refusal.Field);
    }
}
