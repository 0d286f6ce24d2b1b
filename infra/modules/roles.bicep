metadata description = 'The custom roles, each from the file that the rules made.'

targetScope = 'subscription'

@description('Name of the environment; two in one tenant need roles of two names.')
param environmentName string

@description('audit or enforce.')
@allowed(['audit', 'enforce'])
param mode string

@description('What is done about keys.')
@allowed(['off', 'check', 'rotate'])
param keys string

@description('Whether the app may give identities a data role, where policy lets it.')
param grantsAccess bool

@description('Whether the app may delete an instance to make it anew, where policy lets it.')
param renewsInstances bool

@description('Where roles may be assigned: ids of the governed subscriptions.')
@minLength(1)
param scopes string[]

@description('Whether a management group has the roles that it can have; those for keys are given here in any case.')
param inManagementGroup bool

var condition = trim(loadTextContent('../access-granter-condition.txt'))

var known = [
  {
    key: 'reader'
    file: loadJsonContent('../reader-role.json')
    wanted: !inManagementGroup
    condition: ''
  }
  {
    key: 'enforcer'
    file: loadJsonContent('../enforcer-role.json')
    wanted: mode == 'enforce' && !inManagementGroup
    condition: ''
  }
  {
    key: 'access-granter'
    file: loadJsonContent('../access-granter-role.json')
    wanted: mode == 'enforce' && grantsAccess && !inManagementGroup
    condition: condition
  }
  {
    key: 'instance-renewer'
    file: loadJsonContent('../instance-renewer-role.json')
    wanted: mode == 'enforce' && renewsInstances && !inManagementGroup
    condition: ''
  }
  {
    key: 'key-reader'
    file: loadJsonContent('../key-reader-role.json')
    wanted: keys != 'off'
    condition: ''
  }
  {
    key: 'rotation-reader'
    file: loadJsonContent('../rotation-reader-role.json')
    wanted: keys == 'rotate'
    condition: ''
  }
  {
    key: 'key-rotator'
    file: loadJsonContent('../key-rotator-role.json')
    wanted: mode == 'enforce' && keys == 'rotate'
    condition: ''
  }
]

// A deployment takes no assignment away. So a role that is not wanted any more keeps its name and loses what it allows:
// whoever goes back from enforce to audit need not think of it, nor whoever moves roles to a management group.
var nothing = ['Microsoft.Resources/subscriptions/read']

resource definitions 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in known: {
    name: guid(subscription().id, environmentName, role.key)
    properties: {
      roleName: '${role.file.Name} (${environmentName})'
      description: role.wanted ? role.file.Description : 'Not in use, and allows nothing. ${role.file.Description}'
      type: 'CustomRole'
      permissions: [
        {
          actions: role.wanted ? role.file.Actions : nothing
          notActions: []
          dataActions: role.wanted ? role.file.DataActions : []
          notDataActions: []
        }
      ]
      assignableScopes: map(scopes, id => '/subscriptions/${id}')
    }
  }
]

@description('Each role with the name of its definition, the condition it is given under, and whether it is wanted.')
output given array = [
  for (role, at) in known: {
    key: role.key
    name: definitions[at].name
    condition: role.condition
    wanted: role.wanted
  }
]
