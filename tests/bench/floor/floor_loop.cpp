// The floor of an event loop: what one libuv loop with callbacks costs, with one pipelined connection to Redis and
// FastCGI connections that nginx keeps open, when a function does the least that it can (operations.h).
//
// A request is one read and one write of its connection; reads, writes and polls for Redis are shared by all requests of
// a turn of the loop. It relies on nginx: requests of one connection come one after the other, and records are sound.
//
//   floor-loop token|introspect|revoke|authorize|verify|page REDIS_SOCKET <LISTENING_SOCKET
#include "tests/bench/floor/operations.h"
#include "tests/bench/floor/redis_on_loop.h"

#include <fastcgi.h>
#include <unistd.h>
#include <uv.h>

#include <csignal>
#include <iostream>
#include <string>
#include <string_view>

namespace {

using namespace stile::bench;

constexpr int backlog = 4096;

std::size_t number(std::string_view bytes)
{
    std::size_t sum = 0;
    for (const char byte : bytes)
        sum = sum << 8 | static_cast<unsigned char>(byte);
    return sum;
}

// FastCGI 1.0 §3.4: the length of a name or value is one byte, or four of which the first has its high bit set.
std::size_t take_length(std::string_view& pairs)
{
    const bool is_long = number(pairs.substr(0, 1)) > 127;
    const auto length = is_long ? number(pairs.substr(0, 4)) & 0x7fffffff : number(pairs.substr(0, 1));
    pairs.remove_prefix(is_long ? 4 : 1);
    return length;
}

// The parts of a request that the operations read; views of both arguments.
Request request_of(std::string_view pairs, std::string_view body)
{
    Request request = {.body = body, .query = "", .authorization = ""};
    while (!pairs.empty()) {
        const auto length_of_name = take_length(pairs);
        const auto length_of_value = take_length(pairs);
        const auto name = pairs.substr(0, length_of_name);
        const auto value = pairs.substr(length_of_name, length_of_value);
        pairs.remove_prefix(length_of_name + length_of_value);
        if (name == "QUERY_STRING")
            request.query = value;
        else if (name == "HTTP_AUTHORIZATION")
            request.authorization = value;
    }
    return request;
}

FCGI_Header header_of(unsigned char type, std::size_t length)
{
    return {.version = FCGI_VERSION_1,
            .type = type,
            .requestIdB1 = 0,
            .requestIdB0 = 1, // what nginx gives to every request
            .contentLengthB1 = static_cast<unsigned char>(length >> 8),
            .contentLengthB0 = static_cast<unsigned char>(length),
            .paddingLength = 0,
            .reserved = 0};
}

uv_buf_t buffer_of(const void* bytes, std::size_t length)
{
    return uv_buf_init(const_cast<char*>(static_cast<const char*>(bytes)), static_cast<unsigned int>(length));
}

struct Function {
    Operation operation;
    RedisOnLoop redis;
};

// One FastCGI connection. It deletes itself when it is closed and no reply of Redis is to come.
class Connection {
public:
    static void accept(uv_stream_t* listener)
    {
        auto* connection = new Connection(*static_cast<Function*>(listener->data), listener->loop);
        uv_accept(listener, connection->stream());
        uv_read_start(connection->stream(), give_buffer, take_bytes);
    }

private:
    Connection(Function& function, uv_loop_t* loop) : m_function(function)
    {
        uv_pipe_init(loop, &m_pipe, 0);
        m_pipe.data = this;
    }

    uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&m_pipe); }

    // One buffer for all connections: what is in it is taken before the next read.
    static void give_buffer(uv_handle_t*, std::size_t, uv_buf_t* buffer)
    {
        static char bytes[65536];
        *buffer = uv_buf_init(bytes, sizeof bytes);
    }

    static void take_bytes(uv_stream_t* stream, ssize_t length, const uv_buf_t* buffer)
    {
        auto& self = *static_cast<Connection*>(stream->data);
        if (length < 0)
            self.close();
        else
            self.take({buffer->base, static_cast<std::size_t>(length)});
    }

    // FastCGI 1.0 §3.3: a header of eight bytes, then content and padding of the lengths in it.
    void take(std::string_view bytes)
    {
        m_received.append(bytes);
        std::string_view rest = m_received;
        while (rest.size() >= FCGI_HEADER_LEN) {
            const auto length = number(rest.substr(4, 2));
            const auto whole = FCGI_HEADER_LEN + length + number(rest.substr(6, 1));
            if (rest.size() < whole)
                break;
            take_record(number(rest.substr(1, 1)), rest.substr(FCGI_HEADER_LEN, length));
            rest.remove_prefix(whole);
        }
        m_received.erase(0, m_received.size() - rest.size());
    }

    // FastCGI 1.0 §5.1 to §5.3: a stream ends with an empty record.
    void take_record(std::size_t type, std::string_view content)
    {
        if (type == FCGI_BEGIN_REQUEST) {
            m_is_kept = (number(content.substr(2, 1)) & FCGI_KEEP_CONN) != 0;
            m_parameters.clear();
            m_body.clear();
        } else if (type == FCGI_PARAMS) {
            m_parameters.append(content);
        } else if (type == FCGI_STDIN && !content.empty()) {
            m_body.append(content);
        } else if (type == FCGI_STDIN) {
            begin();
        }
    }

    void begin()
    {
        m_plan = m_function.operation(request_of(m_parameters, m_body));
        if (m_plan.command.empty())
            return answer(true);
        m_is_waiting = true;
        m_function.redis.ask(m_plan.command, go_on, this);
    }

    static void go_on(redisAsyncContext*, void* reply, void* connection)
    {
        auto& self = *static_cast<Connection*>(connection);
        self.m_is_waiting = false;
        if (self.m_is_closed)
            delete &self;
        else
            self.answer(is_accepted(static_cast<redisReply*>(reply)));
    }

    // FastCGI 1.0 §5.3 and §5.5. An answer is shorter than a record may be, and than what a socket takes at once.
    void answer(bool accepted)
    {
        struct End {
            FCGI_Header end_of_stdout = header_of(FCGI_STDOUT, 0);
            FCGI_EndRequestRecord end = {header_of(FCGI_END_REQUEST, sizeof(FCGI_EndRequestBody)), {}};
        };
        static const End end;
        const auto text = m_plan.answer(accepted);
        const auto header = header_of(FCGI_STDOUT, text.size());
        const uv_buf_t buffers[] = {buffer_of(&header, sizeof header), buffer_of(text.data(), text.size()),
                                    buffer_of(&end, sizeof end)};
        const auto written = uv_try_write(stream(), buffers, std::size(buffers));
        if (!m_is_kept || written != static_cast<int>(sizeof header + text.size() + sizeof end))
            close();
    }

    void close()
    {
        if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&m_pipe)))
            return;
        uv_close(reinterpret_cast<uv_handle_t*>(&m_pipe), [](uv_handle_t* handle) {
            auto* self = static_cast<Connection*>(handle->data);
            self->m_is_closed = true;
            if (!self->m_is_waiting)
                delete self;
        });
    }

    Function& m_function;
    uv_pipe_t m_pipe;
    std::string m_received; // the beginning of a record
    std::string m_parameters;
    std::string m_body;
    Plan m_plan;
    bool m_is_kept = false;
    bool m_is_waiting = false; // for Redis
    bool m_is_closed = false;
};

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "floor-loop OPERATION REDIS_SOCKET <LISTENING_SOCKET\n";
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    auto* loop = uv_default_loop();
    Function function = {operation(argv[1]), RedisOnLoop(loop, argv[2], log_in())};
    uv_pipe_t listener;
    uv_pipe_init(loop, &listener, 0);
    uv_pipe_open(&listener, STDIN_FILENO);
    listener.data = &function;
    const auto listens =
        uv_listen(reinterpret_cast<uv_stream_t*>(&listener), backlog, [](uv_stream_t* stream, int status) {
            if (status == 0)
                Connection::accept(stream);
        });
    if (listens != 0) {
        std::cerr << "floor-loop: " << uv_strerror(listens) << '\n';
        return 1;
    }
    return uv_run(loop, UV_RUN_DEFAULT);
}
