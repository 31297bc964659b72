# Debian's Redmine on loopback, for tests: REST switched on, Redmine's own default trackers, statuses and workflow loaded.
#
#     ruby redmine.rb PORT KEYFILE      the administrator's API key is written to KEYFILE

port, key_file = Integer(ARGV[0]), ARGV[1]
$LOAD_PATH.unshift(*Dir["/usr/share/rubygems-integration/all/gems/webrick-*/lib"])
require "webrick" # before Bundler closes the door: Redmine's Gemfile does not name it
ENV["RAILS_ENV"] = "production"
ENV["BUNDLE_GEMFILE"] = "/usr/share/redmine/Gemfile"
Dir.chdir("/usr/share/redmine")
require "/usr/share/redmine/config/environment"
require "rack/handler/webrick"

Redmine::DefaultData::Loader.load("en") if Redmine::DefaultData::Loader.no_data?
Setting.rest_api_enabled = "1"
admin = User.where(admin: true).first
admin.update_columns(must_change_passwd: false)
User.current = admin
File.write(key_file, admin.api_key, perm: 0o600)

quiet = WEBrick::Log.new(File::NULL)
Rack::Handler::WEBrick.run(Rails.application, Host: "127.0.0.1", Port: port, Logger: quiet, AccessLog: [])
