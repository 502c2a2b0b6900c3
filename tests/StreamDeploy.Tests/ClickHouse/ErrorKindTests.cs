using System.Net;
using StreamDeploy.Connectors.ClickHouse;

namespace StreamDeploy.Tests.ClickHouse;

public sealed class ErrorKindTests
{
    [Theory]
    [InlineData(null, null, "Connection refused", ErrorKind.Transient)]
    [InlineData(null, 502, "Bad Gateway", ErrorKind.Transient)]
    [InlineData(null, 429, "Too many requests", ErrorKind.Transient)]
    [InlineData(null, 404, "Not found: this is no ClickHouse", ErrorKind.Fatal)]
    [InlineData(null, 200, "no header of ClickHouse's", ErrorKind.Fatal)]
    [InlineData(241, 500, "MEMORY_LIMIT_EXCEEDED", ErrorKind.Transient)]
    [InlineData(242, 500, "TABLE_IS_READ_ONLY", ErrorKind.Transient)]
    [InlineData(252, 500, "Too many parts (3000)", ErrorKind.Transient)]
    [InlineData(252, 500, "Too many partitions for single INSERT block (more than 100)", ErrorKind.Poison)]
    [InlineData(159, 408, "TIMEOUT_EXCEEDED", ErrorKind.Transient)]
    [InlineData(49, 500, "LOGICAL_ERROR", ErrorKind.Transient)]
    [InlineData(27, 400, "Cannot parse input", ErrorKind.Poison)]
    [InlineData(117, 400, "INCORRECT_DATA", ErrorKind.Poison)]
    [InlineData(117, 400, "Unknown field found while parsing JSONEachRow format: nope", ErrorKind.Fatal)]
    [InlineData(469, 500, "VIOLATED_CONSTRAINT", ErrorKind.Poison)]
    [InlineData(60, 404, "UNKNOWN_TABLE", ErrorKind.Fatal)]
    [InlineData(164, 500, "READONLY", ErrorKind.Fatal)]
    [InlineData(516, 403, "AUTHENTICATION_FAILED", ErrorKind.Fatal)]
    [InlineData(497, 403, "ACCESS_DENIED", ErrorKind.Fatal)]
    [InlineData(9999, 400, "what nobody knows", ErrorKind.Fatal)]
    public void An_error_is_transient_poison_or_fatal(int? code, int? status, string message, ErrorKind kind) =>
        Assert.Equal(kind, ErrorKinds.Of(new ClickHouseException(message, code, (HttpStatusCode?)status)));

    [Fact]
    public void Waits_double_up_to_their_bound_and_are_spread()
    {
        var backoff = new Backoff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));
        Assert.Equal([200, 400, 800, 1600], Enumerable.Range(1, 4).Select(attempt => backoff.Before(attempt, 1).TotalMilliseconds));
        Assert.Equal(100, backoff.Before(1, 0).TotalMilliseconds);
        Assert.All([9, 30, 31, 100, int.MaxValue], attempt => Assert.Equal(30, backoff.Before(attempt, 1).TotalSeconds));
    }
}
